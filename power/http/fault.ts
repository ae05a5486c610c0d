import { CodedError, type ErrorCode } from '../../model/index.ts';
import type { Fault, FaultKind } from '../../outbound/index.ts';

const codes: Readonly<Record<FaultKind, ErrorCode>> = {
  unreachable: 'BMC_UNREACHABLE',
  certificate: 'BMC_CERTIFICATE_REFUSED',
  identity: 'BMC_LOGIN_REFUSED',
  forbidden: 'OUTBOUND_REFUSED',
  garbled: 'BMC_COMMAND_FAILED',
};

const verbs: Readonly<Record<FaultKind, string>> = {
  unreachable: 'does not answer',
  certificate: 'is not trusted',
  identity: 'cannot be logged in to',
  forbidden: 'may not be called',
  garbled: 'answers what cannot be understood',
};

/** In an operator's words; `who` is the subject: `The BMC at 10.0.0.7`. Other errors, such as an abort, pass. */
export function codedFault(who: string, error: unknown): unknown {
  const kind = (error as Partial<Fault> | undefined)?.fault;
  if (!kind) return error;
  return new CodedError(codes[kind], `${who} ${verbs[kind]}: ${(error as Fault).message}.`, { who });
}
