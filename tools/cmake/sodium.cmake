# libsodium: only what core/secure uses, and only the portable implementations, natively too, so that a test under
# sanitizers runs the very code that ships. All of it works without sodium_init().
# sodium_random.c stands in for randombytes.c and core.c: entropy is handed in, there is no hidden source of it;
# sodium_base_point.c for a table.
set(sodium ${DEAI_SOURCE_sodium}/src/libsodium)
set(VERSION 1.0.18)
set(SODIUM_LIBRARY_VERSION_MAJOR 10)
set(SODIUM_LIBRARY_VERSION_MINOR 3)
set(SODIUM_LIBRARY_MINIMAL_DEF "")
file(READ ${sodium}/include/sodium/version.h.in version)
string(CONFIGURE "${version}" version @ONLY)
string(REPLACE "\"export.h\"" "\"sodium/export.h\"" version "${version}") # it no longer lies beside it
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/sodium/sodium/version.h CONTENT "${version}")
unset(VERSION)

set(sources
  # Ed25519 signatures
  crypto_sign/crypto_sign.c
  crypto_sign/ed25519/sign_ed25519.c
  crypto_sign/ed25519/ref10/keypair.c
  crypto_sign/ed25519/ref10/open.c
  crypto_sign/ed25519/ref10/sign.c
  crypto_core/ed25519/ref10/ed25519_ref10.c
  crypto_hash/sha512/hash_sha512.c
  crypto_hash/sha512/cp/hash_sha512_cp.c
  # X25519
  crypto_scalarmult/crypto_scalarmult.c
  crypto_scalarmult/curve25519/scalarmult_curve25519.c
  crypto_scalarmult/curve25519/ref10/x25519_ref10.c
  crypto_kx/crypto_kx.c
  # BLAKE2b
  crypto_generichash/crypto_generichash.c
  crypto_generichash/blake2b/generichash_blake2.c
  crypto_generichash/blake2b/ref/blake2b-compress-ref.c
  crypto_generichash/blake2b/ref/blake2b-ref.c
  crypto_generichash/blake2b/ref/generichash_blake2b.c
  crypto_kdf/crypto_kdf.c
  crypto_kdf/blake2b/kdf_blake2b.c
  # ChaCha20, XChaCha20-Poly1305
  crypto_aead/chacha20poly1305/sodium/aead_chacha20poly1305.c
  crypto_aead/xchacha20poly1305/sodium/aead_xchacha20poly1305.c
  crypto_core/hchacha20/core_hchacha20.c
  crypto_onetimeauth/crypto_onetimeauth.c
  crypto_onetimeauth/poly1305/onetimeauth_poly1305.c
  crypto_onetimeauth/poly1305/donna/poly1305_donna.c
  crypto_stream/chacha20/stream_chacha20.c
  crypto_stream/chacha20/ref/chacha20_ref.c
  crypto_stream/xchacha20/stream_xchacha20.c
  # comparing, wiping, hex and base64
  crypto_verify/sodium/verify.c
  sodium/codecs.c
  sodium/runtime.c
  sodium/utils.c
  sodium/version.c)
list(TRANSFORM sources PREPEND ${sodium}/)

deai_third_party(deai_sodium
  SOURCES ${sources} ${CMAKE_SOURCE_DIR}/tools/cmake/sodium_random.c ${CMAKE_SOURCE_DIR}/tools/cmake/sodium_base_point.c
  INCLUDES ${CMAKE_BINARY_DIR}/sodium ${sodium}/include
  PRIVATE_INCLUDES ${CMAKE_BINARY_DIR}/sodium/sodium ${sodium}/include/sodium
  DEFINITIONS SODIUM_STATIC=1)
target_compile_definitions(deai_sodium PRIVATE CONFIGURED=1 NATIVE_LITTLE_ENDIAN=1)
# Signatures and agreements of keys are few; hashes and ciphers see every byte.
if(DEAI_WASM)
  set(few ${sources})
  list(FILTER few INCLUDE REGEX "25519")
  set_source_files_properties(${few} PROPERTIES COMPILE_OPTIONS -Os)
endif()
# Replaced by sodium_base_point.c.
set_source_files_properties(${sodium}/crypto_core/ed25519/ref10/ed25519_ref10.c PROPERTIES COMPILE_DEFINITIONS
  ge25519_scalarmult_base=ge25519_scalarmult_base_by_table)
