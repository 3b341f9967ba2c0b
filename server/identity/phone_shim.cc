#include "identity/phone_shim.h"

#include <cstring>
#include <string>

#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static phone_shim parse(const char *text, const char *region, char *out,
                        size_t out_bytes)
{
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    std::string e164;

    if (util.Parse(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR)
        return PHONE_SHIM_BAD;
    util.Format(number, PhoneNumberUtil::E164, &e164);
    if (e164.size() >= out_bytes)
        return PHONE_SHIM_BAD;
    std::memcpy(out, e164.c_str(), e164.size() + 1);
    return util.IsValidNumber(number) ? PHONE_SHIM_VALID : PHONE_SHIM_DOUBTFUL;
}

/* No exception may cross into C. */
extern "C" phone_shim phone_shim_parse(const char *text, const char *region,
                                       char *out, size_t out_bytes)
{
    try {
        return parse(text, region, out, out_bytes);
    } catch (...) {
        return PHONE_SHIM_BAD;
    }
}
