/* numbers.c - functions of numbers that traces call.
 *
 * Takes:  floats, as numbers.
 * Gives:  what the interpreter's operation gives, as a number; a NaN, and the trace leaves, for whatever
 *         raises an exception, is no float, or is rare.
 */
#include "jit.h"

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

#endif  // _Py_TIER2
