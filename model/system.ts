/** What a deployed system is told about itself and its people. No secrets: those are under `secretId` in the store. */
export interface SystemRequest {
  /** Default: the machine's name. */
  readonly hostname?: string;
  /** IANA name: `Europe/Berlin`. Default: what the image has. */
  readonly timezone?: string;
  /** Beside the distribution's own user, who gets `sshKeys` of the request; instead of it, when there are no such keys. */
  readonly users?: readonly UserRequest[];
  /** The people of `sshKeys` may log in as root as well. Default: false. */
  readonly rootLogin?: boolean;
  /** Installed while the machine is installed. */
  readonly packages?: readonly string[];
  readonly userData?: UserData;
  /** Where the store keeps the user-data and the hashes of passwords; see `SystemSecrets`. */
  readonly secretId?: string;
}

export interface UserRequest {
  readonly name: string;
  /** OpenSSH public key lines. */
  readonly sshKeys: readonly string[];
  /** Without a password. Default: false. */
  readonly sudo?: boolean;
  /** Further groups, which must be there. */
  readonly groups?: readonly string[];
  /** SHA-256 of the hash in crypt(5) form, which is among the secrets. Absent: no password fits. */
  readonly password?: { readonly sha256: string };
}

export const userDataKinds = ['cloud-config', 'script', 'include', 'multipart'] as const;
export type UserDataKind = (typeof userDataKinds)[number];

/** The user-data of cloud-init, without its text. */
export interface UserData {
  readonly kind: UserDataKind;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What the store keeps sealed, as JSON. */
export interface SystemSecrets {
  readonly userData?: string;
  /** By user: hash in crypt(5) form. */
  readonly passwords: Readonly<Record<string, string>>;
}

export interface PlannedSystem {
  readonly hostname: string;
  readonly timezone?: string;
  readonly users: readonly UserRequest[];
  readonly rootLogin: boolean;
  readonly packages: readonly string[];
  readonly userData?: UserData;
}
