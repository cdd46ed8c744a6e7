#!/bin/sh
# Everything that is to be found out and measured where there is a GPU, step by step: each step with
# a time limit and a log of its own, none needed by another but find and build.
# docs/gpu.md says how to use it where nothing can be installed.
. "$(dirname "$0")/common.sh"

usage() {
    cat <<END
usage: scripts/gpu.sh [OPTION...] [STEP...]

Runs the steps named, or all that are not done yet. Results: OUT/STEP.log and what the step writes.

  --list            the steps
  --minutes N       ends after N minutes; what was cut off or not begun is left for the next call
  --quick           small sizes and short measurements: does the script work?
  --again           also what is done already
  --build FOLDER    a build of clconv that is there; default: step build makes one in WORK/tree
  --packages FOLDER packages unpacked there are used; default build-packages
  --bring           fills that folder from Debian's archive, for a machine without network

environment: OUT, the folder of the results (WORK/results); WORK, that of everything else
(build-gpu); CLCONV_DEVICE, the device if it is not to be NVIDIA's (Portable: PoCL).
END
}

steps() {
    sed -n 's/^# step \([^ ]*\)  *\([0-9]*\) s: \(.*\)/\1 \2 \3/p' bench/gpu/steps.sh
}

# Packages of Debian that a bare machine with a driver may lack; none needs to be installed.
bring() {
    mkdir -p "$packages"
    (
        cd "$packages" || exit
        apt-get download opencl-c-headers ocl-icd-libopencl1 ocl-icd-opencl-dev \
            check libsubunit0 libsubunit-dev libclblast1 libclblast-dev pkgconf-bin libpkgconf3 \
            libopencv-core406 libopencv-core-dev libopencv-imgproc406 libopencv-imgproc-dev \
            liblapack3 libblas3 libgfortran5 libquadmath0 libtbb12 libglx0 libglvnd0 libx11-6 \
            libxcb1 libxau6 libxdmcp6 libbsd0 libmd0
        for file in *.deb; do
            dpkg -x "$file" . && rm "$file"
        done
        rm -rf usr/share/doc usr/share/man usr/lib/*/libclblast.a usr/lib/*/libopencv_*.a
    )
    say "In $packages: $(du -sh "$packages" | cut -f 1)"
}

# outcome_of STEP: done, failed, too long, not here; nothing where it has not run or was cut off.
outcome_of() {
    [ ! -f "$out/steps.tsv" ] || sed -n "s/^$1	\([^	]*\).*/\1/p" "$out/steps.tsv" | tail -n 1
}

# run_step STEP LIMIT: one line to the terminal and to steps.tsv.
run_step() {
    limit=$2 short=
    if [ -n "$minutes" ] && [ $((end - $(date +%s))) -lt "$limit" ]; then
        limit=$((end - $(date +%s)))
        short=yes
    fi
    begun=$(date +%s) status=0
    timeout -k 5 "$limit" sh bench/gpu/steps.sh "$1" >"$out/$1.log" 2>&1 </dev/null || status=$?
    took=$(($(date +%s) - begun))
    case $status in
    0) outcome='done' ;;
    77) outcome='not here' ;;
    124 | 137) outcome='too long' ;;
    *) outcome='failed' ;;
    esac
    # Tuning goes on where it was, whatever ended it.
    case $outcome$short:$1 in
    'too longyes:'* | 'too long:tune-'*) outcome='cut off' ;;
    esac
    last=$(grep . "$out/$1.log" | tail -n 1 | tr '\t' ' ' | cut -c 1-160)
    if [ -f "$out/steps.tsv" ]; then
        grep -v "^$1	" "$out/steps.tsv" >"$out/steps.new" || true
        mv "$out/steps.new" "$out/steps.tsv"
    fi
    printf '%s\t%s\t%s\t%s\n' "$1" "$outcome" "$took" "$last" >>"$out/steps.tsv"
    printf '%-20s %-8s %4d s  %s\n' "$1" "$outcome" "$took" "$last"
    [ "$outcome" != failed ] && [ "$outcome" != 'too long' ]
}

# order_steps: into $work/steps. Tuning that was cut off comes last: it may take more time than
# there is, and measurements should not wait for it forever.
order_steps() {
    : >"$work/late"
    steps | while read -r name rest; do
        case $name:$(outcome_of "$name") in
        tune-*:'cut off') echo "$name $rest" >>"$work/late" ;;
        *) echo "$name $rest" ;;
        esac
    done >"$work/steps"
    cat "$work/late" >>"$work/steps"
}

# One file for whatever brings results home; written anew after each step, for the next may be the
# last.
pack() {
    tar -C "$out" -czf "$work/results.tar.gz" --exclude=./results.tar.gz .
    mv "$work/results.tar.gz" "$out/results.tar.gz"
}

quick='' again='' minutes='' tree='' packages=build-packages wanted=''
while [ $# -gt 0 ]; do
    case $1 in
    --list)
        steps | while read -r name limit what; do
            printf '%-20s %4d s  %s\n' "$name" "$limit" "$what"
        done
        exit
        ;;
    --quick) quick=yes ;;
    --again) again=yes ;;
    --bring) bring=yes ;;
    --minutes | --build | --packages)
        [ $# -gt 1 ] || die "$1 wants a value"
        case $1 in
        --minutes) minutes=$2 ;;
        --build) tree=$2 ;;
        *) packages=$2 ;;
        esac
        shift
        ;;
    --help | -h) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
    *)
        steps | grep -q "^$1 " || {
            echo "$0: no step '$1'; --list has them" >&2
            exit 2
        }
        wanted="$wanted $1"
        ;;
    esac
    shift
done
case $minutes in
*[!0-9]*) die "--minutes $minutes: a whole number" ;;
esac
case $packages in
/*) ;;
*) packages=$PWD/$packages ;;
esac
if [ -n "${bring:-}" ]; then
    bring
    exit
fi

work=${WORK:-$PWD/build-gpu}
out=${OUT:-$work/results}
mkdir -p "$work" "$out"
work=$(cd "$work" && pwd) out=$(cd "$out" && pwd)
[ -z "$tree" ] || tree=$(cd "$tree" && pwd)
GPU_WORK=$work GPU_OUT=$out GPU_TREE=${tree:-$work/tree} GPU_PACKAGES=$packages GPU_QUICK=$quick
export GPU_WORK GPU_OUT GPU_TREE GPU_PACKAGES GPU_QUICK
end=$(($(date +%s) + ${minutes:-0} * 60))
failures=0
order_steps
while read -r name limit what; do
    if [ -n "$wanted" ]; then
        case "$wanted " in
        *" $name "*) ;;
        *) continue ;;
        esac
    elif [ "$name" = build ] && [ -n "$tree" ]; then
        continue
    elif [ -z "$again" ] && [ "$(outcome_of "$name")" = 'done' ]; then
        continue
    fi
    if [ -n "$minutes" ] && [ $((end - $(date +%s))) -lt 10 ]; then
        echo "$minutes minutes are over before $name"
        break
    fi
    run_step "$name" "$limit" || failures=$((failures + 1))
    pack
done <"$work/steps"
[ "$failures" -eq 0 ]
