import { z } from '@hono/zod-openapi';

/** authorized_keys without options (sshd(8)): type, base64, comment. */
export const sshKeyField = z
  .string()
  .max(8192)
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/]{40,}={0,3}( [\x20-\x7e]{0,200})?$/,
    'is no OpenSSH public key line',
  );
