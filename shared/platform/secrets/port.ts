/**
 * Channel secrets (provider tokens, app secrets) as the store may hold them: AES-256-GCM, `v1.<key id>.<iv>.<tag>.<data>`
 * in base64url. `context` (tenant, kind, id, field) is authenticated with it, so that a ciphertext moved to another
 * document does not open.
 */
export interface Secrets {
  encrypt(plaintext: string, context: string): Promise<string>;
  /** Throws when the text was changed, was moved, or its key is gone. */
  decrypt(ciphertext: string, context: string): Promise<string>;
  /** Throws when the keys cannot be reached. For health. */
  ping(): Promise<void>;
}
