import type { RackAddresses } from './addresses.ts';

/** Ports on the BMC's own address that only its machine's QEMU uses. */
export const BMC_VM_PORT = 9002;
export const BMC_SOL_PORT = 9003;

export interface BmcIdentity {
  readonly name: string;
  readonly address: string;
  readonly password: string;
  readonly uuid: string;
}

/** ipmi_lan(5). Programs are named relative to the working directory, which is the machine's. */
export function lanConfig(bmc: BmcIdentity): string {
  const auths = 'none md2 md5 straight';
  return [
    `name "${bmc.name}"`,
    'set_working_mc 0x20',
    '  startlan 1',
    `    addr ${bmc.address} 623`,
    '    priv_limit admin',
    ...['callback', 'user', 'operator', 'admin'].map((level) => `    allowed_auths_${level} ${auths}`),
    `    guid ${bmc.uuid.replaceAll('-', '')}`,
    `    lan_config_program "./lancontrol ${bmc.name}"`,
    '  endlan',
    `  chassis_control "./chassis ${bmc.name}"`,
    `  serial 15 ${bmc.address} ${BMC_VM_PORT} codec VM`,
    '  startnow false',
    `  user 1 false "" "" user 10 ${auths}`,
    `  user 2 true "admin" "${bmc.password}" admin 10 ${auths}`,
    `  sol "tcp:${bmc.address}:${BMC_SOL_PORT}" 115200 history=8192`,
    '',
  ].join('\n');
}

/** ipmi_sim_cmd(5): one controller with an event log, one temperature sensor and a FRU. */
export const BMC_COMMANDS = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
sensor_add 0x20 0 1 0x01 0x01
sensor_set_value 0x20 0 1 0x18 0
sensor_set_threshold 0x20 0 1 settable 111000 0x70 0x60 0x50 00 00 00
sensor_set_event_support 0x20 0 1 enable scanning per-state ${'000111111000000 '.repeat(4).trim()}
mc_add_fru_data 0x20 0 512 file 0 "fru.bin"
mc_enable 0x20
`;

/** Input of sdrcomp(1): what `ipmitool sdr` shows. */
export const BMC_SENSORS = `sdr type 18
  device_slave_address 0x20
  device_channel_number 0
  chassis true
  ipmb_event_gen false
  ipmb_event_recv false
  fru_inventory true
  sel true
  sdr true
  sensor true
  entity_id system_board
  entity_instance 1
  id_string "RackBMC"
endsdr
sdr type 1
  sensor_owner_id 0x20
  sensor_owner_lun 0
  channel_number 0
  sensor_number 1
  entity_id system_board
  entity_instance 1
  sensor_type Temperature
  init_scanning true
  init_sensor_type true
  default_sensor_scan_on true
  event_reading_type_code 1
  analog_data_format unsigned
  rate_unit none
  modifier_unit none
  percentage false
  base_unit degrees_C
  modifier_unit_code unspecified
  linearization linear
  m 1
  tolerance 0
  b 0
  accuracy 1
  accuracy_exp 0
  sensor_direction input
  r_exp 0
  b_exp 0
  sensor_maximum 255
  sensor_minimum 0
  id_string "Inlet"
endsdr
`;

/** What the lancontrol hook answers until somebody sets it otherwise, one file each. */
export function lanAnswers(address: string, mac: string, addresses: RackAddresses): Record<string, string> {
  return {
    ip_addr: address,
    ip_addr_src: 'static',
    subnet_mask: '255.255.255.0',
    mac_addr: mac,
    default_gw_ip_addr: addresses.serverAddress,
    default_gw_mac_addr: '00:00:00:00:00:00',
    backup_gw_ip_addr: '0.0.0.0',
    backup_gw_mac_addr: '00:00:00:00:00:00',
  };
}
