#!/bin/sh
# A file includes its own folder and lower layers, nothing else. check_layers.sh [ROOT]
cd "${1:-$(dirname "$0")/..}" || exit 2

# Lines of "file:number:include" for every #include of the given files.
includes() {
    grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null "$@" |
        sed -E 's/^([^:]*):([0-9]+):[^<"]*([<"][^>"]*[>"]).*/\1:\2:\3/'
}

private=$(grep -lE '^#[[:space:]]*include[[:space:]]*<CL/' src/ocl/*.h | sed 's,^src/,,' | tr '\n' ' ')
{
    includes $(find src -name '*.[ch]')
    includes $(find include examples bench -name '*.[ch]' 2>/dev/null)
} | awk -F: -v private="$private" '
    BEGIN {
        split("base 0 geom 1 ocl 2 host 2 device 3 algo 4 plan 5 stream 6 . 7 cli 8", words, " ")
        for (i = 1; i in words; i += 2)
            layer[words[i]] = words[i + 1]
    }
    function bad(why) {
        printf "%s:%s: %s: %s\n", $1, $2, $3, why
        failed = 1
    }
    function folder_of(path) {
        if (path !~ /^src\//)
            return path ~ /^include\// ? "public" : "user"
        sub(/^src\//, "", path)
        return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : "."
    }
    {
        from = folder_of($1)
        name = substr($3, 2, length($3) - 2)
        slash = index(name, "/")
        to = slash ? substr(name, 1, slash - 1) : ""
        lines++
    }
    from !~ /^(public|user)$/ && !(from in layer) { bad("unknown folder"); next }
    name ~ /^CL\// {
        if (from != "ocl" && $1 != "include/clconv/opencl.h" && from != "user")
            bad("OpenCL is known to src/ocl/ and include/clconv/opencl.h alone")
        next
    }
    name ~ /^vips\// {
        if (from != "user" && $1 !~ /^src\/cli\/[^\/]*_vips\.[ch]$/)
            bad("libvips is known to src/cli/*_vips.c alone")
        next
    }
    name ~ /^clconv\// {
        if (name != "clconv/clconv.h" && name != "clconv/opencl.h")
            bad("no such public header")
        else if (name == "clconv/opencl.h" && from != "ocl" && from != "user" &&
                 $1 != "src/clconv_opencl.c")
            bad("brings OpenCL in")
        next
    }
    $3 ~ /^</ { next }
    from == "public" { bad("a public header includes no internal one"); next }
    from == "user" {
        if (slash)
            bad("examples and benchmark include public headers alone")
        next
    }
    to == "" || to == from { next }
    index(" " private, " " name " ") { bad("brings OpenCL in"); next }
    from == "cli" { bad("the command includes public headers and its own alone"); next }
    to == "cl" {
        if (layer[from] < 1)
            bad("cl/ is known from geom/ on")
        next
    }
    !(to in layer) { bad("unknown folder"); next }
    layer[to] >= layer[from] { bad("not a lower layer") }
    END {
        if (lines == 0) {
            print "no includes found: wrong folder?"
            exit 2
        }
        exit failed
    }'
