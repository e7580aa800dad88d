// libsodium, in C by emscripten.
import sodium from 'libsodium-wrappers';

await sodium.ready;
console.log('blake2b', sodium.to_hex(sodium.crypto_generichash(32, sodium.from_string('abc'))));
const keys = sodium.crypto_sign_seed_keypair(new Uint8Array(32).fill(7));
const message = sodium.from_string('msg');
const signature = sodium.crypto_sign_detached(message, keys.privateKey);
console.log('ed25519', sodium.to_hex(signature).slice(0, 32));
console.log(sodium.crypto_sign_verify_detached(signature, message, keys.publicKey));
signature[3] ^= 1;
console.log(sodium.crypto_sign_verify_detached(signature, message, keys.publicKey));
const key = new Uint8Array(32).fill(1);
const nonce = new Uint8Array(24).fill(2);
const box = sodium.crypto_secretbox_easy('a secret', nonce, key);
console.log(sodium.to_hex(box), sodium.to_string(sodium.crypto_secretbox_open_easy(box, nonce, key)));
console.log(sodium.to_hex(sodium.crypto_scalarmult_base(key)));
const aead = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt('a text', 'and more', null, nonce, key);
console.log(sodium.to_hex(aead));
try {
  sodium.crypto_secretbox_open_easy(box.fill(0, 3, 4), nonce, key);
} catch (error) {
  console.log(error.message);
}
