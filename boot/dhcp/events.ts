import type { Ipv4, Mac } from '../../net/index.ts';

/** Constant words and fields; one event a packet that was answered or changed something. */
export type DhcpEvent =
  | {
      readonly kind: 'dhcp';
      readonly message: 'offered' | 'acknowledged' | 'refused' | 'informed' | 'released' | 'declined';
      readonly mac: Mac;
      readonly subnet: string;
      readonly address?: Ipv4;
      /** Option 93: IANA "Processor Architecture Types". */
      readonly arch?: number;
      readonly ipxe: boolean;
      /** The SMBIOS system UUID, from option 97. */
      readonly guid?: string;
      /** What the reply tells the client to run. */
      readonly bootFile?: string;
      readonly reason?: string;
    }
  /** At most one a reason in ten seconds; `count` says how many there were since the last. */
  | {
      readonly kind: 'dhcp-dropped';
      readonly reason: string;
      readonly count: number;
      readonly mac?: Mac;
      readonly subnet?: string;
    }
  | {
      readonly kind: 'dhcp-failed';
      readonly what: 'journal' | 'send' | 'handler' | 'socket';
      readonly count: number;
      readonly error: string;
    };
