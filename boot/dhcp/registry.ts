/** IANA "BOOTP Vendor Extensions and DHCP Options": the codes that this server reads or writes. */
export const optionCode = {
  pad: 0, // RFC 2132 3.1
  subnetMask: 1, // RFC 2132 3.3
  router: 3, // RFC 2132 3.5
  domainNameServer: 6, // RFC 2132 3.8
  broadcastAddress: 28, // RFC 2132 5.3
  vendorInformation: 43, // RFC 2132 8.4; PXE 2.1 section 2.2 inside
  requestedAddress: 50, // RFC 2132 9.1
  leaseTime: 51, // RFC 2132 9.2
  overload: 52, // RFC 2132 9.3
  messageType: 53, // RFC 2132 9.6
  serverIdentifier: 54, // RFC 2132 9.7
  parameterList: 55, // RFC 2132 9.8
  message: 56, // RFC 2132 9.9
  maximumMessageSize: 57, // RFC 2132 9.10
  renewalTime: 58, // RFC 2132 9.11
  rebindingTime: 59, // RFC 2132 9.12
  vendorClass: 60, // RFC 2132 9.13
  clientIdentifier: 61, // RFC 2132 9.14
  tftpServerName: 66, // RFC 2132 9.4
  bootFileName: 67, // RFC 2132 9.5
  userClass: 77, // RFC 3004
  relayAgentInformation: 82, // RFC 3046
  clientArchitecture: 93, // RFC 4578 2.1
  clientNetworkInterface: 94, // RFC 4578 2.2
  clientMachineIdentifier: 97, // RFC 4578 2.3
  ipxeEncapsulated: 175, // Etherboot's, ipxe.org/howto/dhcpd
  end: 255, // RFC 2132 3.2
} as const;

/** RFC 2132 9.6. */
export const messageType = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  acknowledge: 5,
  refuse: 6,
  release: 7,
  inform: 8,
} as const;

/** IANA "Processor Architecture Types" (RFC 4578 2.1, RFC 5970 3.3), those that real machines send. */
export const architecture = {
  biosX86: 0,
  uefiX86: 6,
  uefiX64: 7,
  uefiByteCode: 9, // RFC 4578 says x64 for 9 and EBC for 7 (erratum 4625 swaps them): firmware sends either
  uefiArm32: 10,
  uefiArm64: 11,
  uefiX86Http: 15,
  uefiX64Http: 16,
  uefiByteCodeHttp: 17,
  uefiArm32Http: 18,
  uefiArm64Http: 19,
  uefiRiscv64: 27,
  uefiRiscv64Http: 28,
} as const;

/** Sub-options of option 43 when option 60 is PXEClient: PXE 2.1, table 2-1. */
export const pxeOption = { discoveryControl: 6 } as const;

/** Sub-options of option 175: iPXE's `src/include/ipxe/dhcp.h`. */
export const ipxeOption = { noProxyDhcp: 176 } as const;
