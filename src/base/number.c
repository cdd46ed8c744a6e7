/* number.c - decimal numbers in text, whatever locale the host program has set.
 *
 * strtod and printf follow the program's locale, where 0.5 may be "0,5"; the C locale is therefore
 * set around them, for this thread only. */
#define _POSIX_C_SOURCE 200809L
#include "base/number.h"
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS = 17 }; /* enough for every double to read back the same */

typedef struct c_locale {
    locale_t ours, before;
} c_locale;

/* glibc has the C locale as a constant; where making it fails, the program's own stays. */
static c_locale enter_c_locale(void)
{
    const locale_t ours = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return (c_locale){ours, ours ? uselocale(ours) : (locale_t)0};
}

static void leave_c_locale(c_locale locale)
{
    if (!locale.ours)
        return;
    uselocale(locale.before);
    freelocale(locale.ours);
}

void cc_number_format(char text[CC_NUMBER], double value)
{
    if (!isfinite(value)) {
        snprintf(text, CC_NUMBER, "%s", isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    const c_locale locale = enter_c_locale();
    for (int digits = 1; digits <= DIGITS; digits++) {
        snprintf(text, CC_NUMBER, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    leave_c_locale(locale);
}

bool cc_number_parse(double *value, const char **text)
{
    char *end = NULL;
    if (isspace((unsigned char)**text) || **text == '+')
        return false;
    const c_locale locale = enter_c_locale();
    const double v = strtod(*text, &end);
    leave_c_locale(locale);
    if (end == *text)
        return false;
    *value = v;
    *text = end;
    return true;
}

bool cc_number_parse_int(int64_t *value, const char **text)
{
    const char *s = *text;
    const bool negative = *s == '-';
    int64_t v = 0;
    s += negative;
    if (!isdigit((unsigned char)*s))
        return false;
    for (; isdigit((unsigned char)*s); s++) {
        const int digit = negative ? '0' - *s : *s - '0';
        if (__builtin_mul_overflow(v, (int64_t)10, &v) ||
            __builtin_add_overflow(v, (int64_t)digit, &v))
            return false;
    }
    *value = v;
    *text = s;
    return true;
}
