/* Multiples of Ed25519's base point by libsodium's multiplication of any point, which is as independent of the secret in
 * its timing as that of the base point, but needs no table of 30 kB: a page would load it to save a tenth of a
 * millisecond a signature. sodium.cmake renames libsodium's own function, which the linker then drops. */
#include "private/ed25519_ref10.h"

void ge25519_scalarmult_base(ge25519_p3 *h, const unsigned char *a) {
  /* RFC 8032, 5.1: B has y = 4/5 and the even x. */
  static const unsigned char base_point[32] = {
      0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
      0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66};
  ge25519_p3 base;
  ge25519_frombytes(&base, base_point);
  ge25519_scalarmult(h, a, &base);
}
