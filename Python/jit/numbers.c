/* numbers.c - functions of numbers that traces call.
 *
 * Takes:  floats, as numbers.
 * Gives:  what the interpreter's operation gives, as a number; a NaN (or, of the C library's functions, an infinity), and
 *         the trace leaves, for whatever raises an exception, is no float, or is rare.
 */
#include "ir.h"

#ifdef _Py_TIER2

#include <float.h>

static bool
is_odd(double x)
{
    return fmod(fabs(x), 2.0) == 1.0;
}

/* As float_pow() in Objects/floatobject.c does it. (What it treats by itself, pow() does not treat otherwise
 * today, but for what is excluded here.) */
double
_PyJIT_FloatPower(double base, double exponent)
{
    double size = fabs(base);
    if ((base < 0.0 && exponent != floor(exponent)) || (base == 0.0 && exponent < 0.0)) {
        return NAN;
    }
    double result = pow(size, exponent);
    bool is_normal = result >= DBL_MIN && result <= DBL_MAX;    // or else pow() may have set errno
    if (!is_normal && !(base == 0.0 && exponent > 0.0)) {
        return NAN;
    }
    return signbit(base) && is_odd(exponent) ? -result : result;
}

/* The functions of Modules/mathmodule.c that give what the C library's of the same name does, wherever that is
 * finite: they only look for errors after it, or, as log(), before it. (For what is underflow, errno may be set
 * and is not looked at.) */
const struct jit_float_function _PyJIT_FloatFunctions[] = {
    {"acos", acos}, {"acosh", acosh}, {"asin", asin}, {"asinh", asinh}, {"atan", atan}, {"atanh", atanh},
    {"cbrt", cbrt}, {"cos", cos}, {"cosh", cosh}, {"erf", erf}, {"erfc", erfc}, {"exp", exp}, {"exp2", exp2},
    {"expm1", expm1}, {"log", log}, {"log10", log10}, {"log2", log2}, {"sin", sin}, {"sinh", sinh}, {"tan", tan},
    {"tanh", tanh}, {NULL, NULL},
};

int
_PyJIT_FindFloatFunction(const char *name, size_t length)
{
    for (int i = 0; _PyJIT_FloatFunctions[i].name != NULL; i++) {
        const char *other = _PyJIT_FloatFunctions[i].name;
        if (strlen(other) == length && memcmp(other, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

#endif  // _Py_TIER2
