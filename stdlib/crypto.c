/* std.crypto: see crypto.dsy. OpenSSL computes. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "dsy/error.h"
#include "dsy/generated.h"

dsy_bytes std_crypto_octets(struct dsy_run *run, dsy_string text) DSY_NATIVE(std.crypto.octets);
dsy_bytes std_crypto_sha256(struct dsy_run *run, dsy_bytes data) DSY_NATIVE(std.crypto.sha256);
dsy_bytes std_crypto_sha512(struct dsy_run *run, dsy_bytes data) DSY_NATIVE(std.crypto.sha512);
dsy_bytes std_crypto_hmac_sha256(struct dsy_run *run, dsy_bytes key, dsy_bytes data) DSY_NATIVE(std.crypto.hmac_sha256);
dsy_bytes std_crypto_hmac_sha512(struct dsy_run *run, dsy_bytes key, dsy_bytes data) DSY_NATIVE(std.crypto.hmac_sha512);
bool std_crypto_equal(struct dsy_run *run, dsy_bytes left, dsy_bytes right) DSY_NATIVE(std.crypto.equal);
dsy_string std_crypto_hex(struct dsy_run *run, dsy_bytes data) DSY_NATIVE(std.crypto.hex);
dsy_bytes std_crypto_from_hex(struct dsy_run *run, dsy_string text) DSY_NATIVE(std.crypto.from_hex);
dsy_string std_crypto_base64(struct dsy_run *run, dsy_bytes data) DSY_NATIVE(std.crypto.base64);
dsy_bytes std_crypto_from_base64(struct dsy_run *run, dsy_string text) DSY_NATIVE(std.crypto.from_base64);
dsy_string std_crypto_base64url(struct dsy_run *run, dsy_bytes data) DSY_NATIVE(std.crypto.base64url);
dsy_bytes std_crypto_from_base64url(struct dsy_run *run, dsy_string text) DSY_NATIVE(std.crypto.from_base64url);

/* Room in the run's memory, never NULL for nothing; NULL: thrown. */
static void *
room(struct dsy_run *run, int64_t size_bytes)
{
    return dsy_allocate(run, size_bytes > 0 ? (size_t)size_bytes : 1);
}

static const void *
octets_of(dsy_bytes bytes)
{
    return bytes.size_bytes > 0 ? bytes.data : (const uint8_t *)"";
}

dsy_bytes
std_crypto_octets(struct dsy_run *run, dsy_string text)
{
    (void)run; /* neither of the two is ever changed in place */
    return (dsy_bytes){ .data = (const uint8_t *)text.data, .size_bytes = text.size_bytes };
}

/* ---- digests ---- */

/* OpenSSL fails only where memory runs out. */
static dsy_bytes
finish(struct dsy_run *run, int done, const uint8_t *digest, unsigned size_bytes)
{
    if (done == 1)
        return dsy_bytes_copy(run, (dsy_bytes){ .data = digest, .size_bytes = size_bytes });
    run->arena->status = DSY_NO_MEMORY;
    dsy_throw_out_of_memory(run);
    return (dsy_bytes){ 0 };
}

static dsy_bytes
digest(struct dsy_run *run, const EVP_MD *kind, dsy_bytes data)
{
    uint8_t bytes[EVP_MAX_MD_SIZE];
    unsigned size_bytes = 0;
    int done = EVP_Digest(octets_of(data), (size_t)data.size_bytes, bytes, &size_bytes, kind, NULL);
    return finish(run, done, bytes, size_bytes);
}

static dsy_bytes
authenticate(struct dsy_run *run, const EVP_MD *kind, dsy_bytes key, dsy_bytes data)
{
    uint8_t bytes[EVP_MAX_MD_SIZE];
    unsigned size_bytes = 0;
    if (key.size_bytes > INT32_MAX) {
        dsy_throw_format(run, &dsy_error_invalid_value, "a key of 2 GiB or more is none");
        return (dsy_bytes){ 0 };
    }
    const uint8_t *code =
        HMAC(kind, octets_of(key), (int)key.size_bytes, octets_of(data), (size_t)data.size_bytes, bytes, &size_bytes);
    return finish(run, code != NULL, bytes, size_bytes);
}

dsy_bytes
std_crypto_sha256(struct dsy_run *run, dsy_bytes data)
{
    return digest(run, EVP_sha256(), data);
}

dsy_bytes
std_crypto_sha512(struct dsy_run *run, dsy_bytes data)
{
    return digest(run, EVP_sha512(), data);
}

dsy_bytes
std_crypto_hmac_sha256(struct dsy_run *run, dsy_bytes key, dsy_bytes data)
{
    return authenticate(run, EVP_sha256(), key, data);
}

dsy_bytes
std_crypto_hmac_sha512(struct dsy_run *run, dsy_bytes key, dsy_bytes data)
{
    return authenticate(run, EVP_sha512(), key, data);
}

bool
std_crypto_equal(struct dsy_run *run, dsy_bytes left, dsy_bytes right)
{
    (void)run;
    return left.size_bytes == right.size_bytes &&
           CRYPTO_memcmp(octets_of(left), octets_of(right), (size_t)left.size_bytes) == 0;
}

/* ---- texts ---- */

dsy_string
std_crypto_hex(struct dsy_run *run, dsy_bytes data)
{
    static const char digits[] = "0123456789abcdef";
    char *text = room(run, data.size_bytes * 2);
    if (text == NULL)
        return (dsy_string){ 0 };
    for (int64_t index = 0; index < data.size_bytes; index++) {
        text[index * 2] = digits[data.data[index] >> 4];
        text[index * 2 + 1] = digits[data.data[index] & 15];
    }
    return (dsy_string){ .data = text, .size_bytes = data.size_bytes * 2 };
}

static int
hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

dsy_bytes
std_crypto_from_hex(struct dsy_run *run, dsy_string text)
{
    uint8_t *data = room(run, text.size_bytes / 2);
    bool is_valid = text.size_bytes % 2 == 0;
    for (int64_t index = 0; data != NULL && is_valid && index < text.size_bytes; index += 2) {
        int high = hex_value(text.data[index]), low = hex_value(text.data[index + 1]);
        is_valid = high >= 0 && low >= 0;
        data[index / 2] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    if (!is_valid)
        dsy_throw_invalid_value(run, text, "two hexadecimal digits for each octet");
    return is_valid && data != NULL ? (dsy_bytes){ .data = data, .size_bytes = text.size_bytes / 2 } : (dsy_bytes){ 0 };
}

dsy_string
std_crypto_base64(struct dsy_run *run, dsy_bytes data)
{
    return dsy_bytes_to_string(run, data);
}

dsy_bytes
std_crypto_from_base64(struct dsy_run *run, dsy_string text)
{
    return dsy_bytes_from_string(run, text);
}

dsy_string
std_crypto_base64url(struct dsy_run *run, dsy_bytes data)
{
    int64_t size_bytes = dsy_base64_encoded_size(data.size_bytes);
    char *text = room(run, size_bytes);
    if (text == NULL)
        return (dsy_string){ 0 };
    dsy_base64_encode(data.data, data.size_bytes, text);
    while (size_bytes > 0 && text[size_bytes - 1] == '=')
        size_bytes--;
    for (int64_t index = 0; index < size_bytes; index++)
        text[index] = (char)(text[index] == '+' ? '-' : text[index] == '/' ? '_' : text[index]);
    return (dsy_string){ .data = text, .size_bytes = size_bytes };
}

dsy_bytes
std_crypto_from_base64url(struct dsy_run *run, dsy_string text)
{
    int64_t size_bytes = (text.size_bytes + 3) / 4 * 4;
    char *padded = room(run, size_bytes);
    uint8_t *data = padded != NULL ? room(run, dsy_base64_decoded_size_max(size_bytes)) : NULL;
    if (data == NULL)
        return (dsy_bytes){ 0 };
    bool is_valid = true;
    for (int64_t index = 0; index < size_bytes; index++) {
        char digit = '=';
        if (index < text.size_bytes)
            digit = text.data[index];
        is_valid = is_valid && digit != '+' && digit != '/';
        padded[index] = (char)(digit == '-' ? '+' : digit == '_' ? '/' : digit);
    }
    int64_t decoded = is_valid ? dsy_base64_decode((dsy_string){ .data = padded, .size_bytes = size_bytes }, data) : -1;
    if (decoded >= 0)
        return (dsy_bytes){ .data = data, .size_bytes = decoded };
    dsy_throw_invalid_value(run, text, "base64 for URLs: letters, digits, - and _");
    return (dsy_bytes){ 0 };
}
