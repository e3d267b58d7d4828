/* std.math: see math.dsy. The functions of the C library, whose results are those of IEEE 754 where it says them. */
#include <math.h>

#include "dsy/decimal.h"
#include "stdlib/math.h"

dsy_decimal
rounded(struct dsy_run *run, dsy_decimal n, int64_t places, int64_t rounding)
{
    static const enum dsy_decimal_rounding modes[] = { DSY_ROUND_HALF_EVEN, DSY_ROUND_HALF_UP, DSY_ROUND_DOWN,
                                                       DSY_ROUND_UP, DSY_ROUND_CUT }; /* as `enum Rounding` has them */
    return dsy_decimal_round(run, n, (int)places, modes[rounding]);
}

double
double_abs(struct dsy_run *run, double x)
{
    (void)run;
    return fabs(x);
}

double
double_min(struct dsy_run *run, double a, double b)
{
    (void)run;
    return fmin(a, b);
}

double
double_max(struct dsy_run *run, double a, double b)
{
    (void)run;
    return fmax(a, b);
}

double
floor_(struct dsy_run *run, double x)
{
    (void)run;
    return floor(x);
}

double
ceil_(struct dsy_run *run, double x)
{
    (void)run;
    return ceil(x);
}

double
round_(struct dsy_run *run, double x)
{
    (void)run;
    return round(x);
}

double
truncate(struct dsy_run *run, double x)
{
    (void)run;
    return trunc(x);
}

double
sqrt_(struct dsy_run *run, double x)
{
    (void)run;
    return sqrt(x);
}

double
cbrt_(struct dsy_run *run, double x)
{
    (void)run;
    return cbrt(x);
}

double
pow_(struct dsy_run *run, double base, double exponent)
{
    (void)run;
    return pow(base, exponent);
}

double
exp_(struct dsy_run *run, double x)
{
    (void)run;
    return exp(x);
}

double
ln(struct dsy_run *run, double x)
{
    (void)run;
    return log(x);
}

double
log2_(struct dsy_run *run, double x)
{
    (void)run;
    return log2(x);
}

double
log10_(struct dsy_run *run, double x)
{
    (void)run;
    return log10(x);
}

double
hypot_(struct dsy_run *run, double a, double b)
{
    (void)run;
    return hypot(a, b);
}

double
sin_(struct dsy_run *run, double x)
{
    (void)run;
    return sin(x);
}

double
cos_(struct dsy_run *run, double x)
{
    (void)run;
    return cos(x);
}

double
tan_(struct dsy_run *run, double x)
{
    (void)run;
    return tan(x);
}

double
asin_(struct dsy_run *run, double x)
{
    (void)run;
    return asin(x);
}

double
acos_(struct dsy_run *run, double x)
{
    (void)run;
    return acos(x);
}

double
atan_(struct dsy_run *run, double x)
{
    (void)run;
    return atan(x);
}

double
atan2_(struct dsy_run *run, double y, double x)
{
    (void)run;
    return atan2(y, x);
}
