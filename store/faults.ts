import { CodedError } from '../model/index.ts';

/** SQLSTATE codes (PostgreSQL manual, appendix A) after which the same call may well succeed later. */
const unavailableStates = new Set([
  '25006', // read_only_sql_transaction: we still talk to a former primary
  '3D000', // invalid_catalog_name: not restored yet
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53200', // out_of_memory
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57014', // query_canceled: our statement_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
]);
const socketCodes =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT|ERR_SOCKET_CLOSED)$/;
/** What `pg` and `pg-pool` say without a code. */
const pgMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query read timeout|Cannot use a pool after calling end|the database system is)/;

export function isUnavailable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') {
    // 08: connection exception; 28: the login is refused, which an operator mends at the database.
    if (unavailableStates.has(code) || /^(08|28)...$/.test(code) || socketCodes.test(code)) return true;
  }
  return typeof message === 'string' && pgMessages.test(message);
}

/** Gives what a driver throws the code it deserves; everything else passes as it is. */
export function storeFault(error: unknown): unknown {
  if (error instanceof CodedError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if ((error as { code?: unknown } | undefined)?.code === '53100') {
    return new CodedError('DISK_FULL', 'The database has no room left on its disk.', {}, error);
  }
  if (isUnavailable(error)) {
    return new CodedError('STORE_UNAVAILABLE', `The database does not answer: ${message}`, {}, error);
  }
  return error;
}
