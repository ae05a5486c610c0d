import { stringify } from 'yaml';

export type YamlValue =
  | string
  | number
  | boolean
  | null
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue };

/**
 * For PyYAML and libyaml, which read YAML 1.1: every string is quoted, because `on`, `=`, `1_000` and `52:54:00:00:00:01`
 * are something else there when they are plain. Keys are ours and stay plain where they may.
 */
export function yamlText(value: YamlValue): string {
  return stringify(value, {
    version: '1.1',
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    aliasDuplicateObjects: false,
    lineWidth: 0,
  });
}
