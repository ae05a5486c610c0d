import { z } from 'zod';

/** NVM Express Base Specification 2.0, figure 275 (Identify Controller) and NVM Command Set 1.0, figure 97 (Namespace). */
export interface NvmeAbilities {
  readonly sanitizeBlock: boolean;
  readonly sanitizeCrypto: boolean;
  readonly format: boolean;
  /** A format or a secure erase reaches every namespace of the controller. */
  readonly formatReachesAll: boolean;
  /** Deallocated blocks read zero. */
  readonly deallocatedReadsZero: boolean;
}

const word = z.int().nonnegative();
const controller = z.object({ sanicap: word.default(0), oacs: word.default(0), fna: word.default(0) });
const namespace = z.object({ dlfeat: word.default(0) });

/** From `nvme id-ctrl -o json` and `nvme id-ns -o json`. Undefined when the tool said nothing that can be understood. */
export function readNvmeAbilities(controllerJson: string, namespaceJson: string): NvmeAbilities | undefined {
  const found = parse(controller, controllerJson);
  if (!found) return undefined;
  const { dlfeat } = parse(namespace, namespaceJson) ?? { dlfeat: 0 };
  return {
    sanitizeCrypto: (found.sanicap & 0b001) !== 0,
    sanitizeBlock: (found.sanicap & 0b010) !== 0,
    format: (found.oacs & 0b010) !== 0,
    formatReachesAll: (found.fna & 0b011) !== 0,
    deallocatedReadsZero: (dlfeat & 0b111) === 0b001,
  };
}

function parse<Result>(schema: z.ZodType<Result>, text: string): Result | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
