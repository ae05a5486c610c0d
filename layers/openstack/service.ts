/** What is configured together, and started anew together. */
export type Project = 'base' | 'keystone' | 'glance' | 'placement' | 'nova' | 'neutron' | 'cinder';

export interface Service {
  readonly project: Project;
  readonly packages: readonly string[];
  readonly units: readonly string[];
}
