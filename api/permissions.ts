/** Who may do what. A route names one of these; a route without one does not start (docs/security.md rule 33). */
export const permissions = ['public', 'read', 'operate', 'configure'] as const;
export type Permission = (typeof permissions)[number];

export const roles = ['anonymous', 'operator'] as const;
export type Role = (typeof roles)[number];

/** The one table of rights. Bearing the token of the service makes an operator. */
const grants: Readonly<Record<Role, readonly Permission[]>> = {
  anonymous: ['public'],
  operator: permissions,
};

export function mayUse(role: Role, permission: Permission): boolean {
  return grants[role].includes(permission);
}
