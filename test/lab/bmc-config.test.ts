import { expect, test } from 'vitest';
import { lanConfig } from '../../lab/rack/bmc-config.ts';

test('a BMC’s configuration', () => {
  const config = lanConfig({
    name: 'r1-u1',
    address: '10.78.0.11',
    password: '0123456789abcdef',
    uuid: '5c0f0000-0000-4000-8000-000000000001',
  });
  expect(config).toMatchInlineSnapshot(`
    "name "r1-u1"
    set_working_mc 0x20
      startlan 1
        addr 10.78.0.11 623
        priv_limit admin
        allowed_auths_callback none md2 md5 straight
        allowed_auths_user none md2 md5 straight
        allowed_auths_operator none md2 md5 straight
        allowed_auths_admin none md2 md5 straight
        guid 5c0f0000000040008000000000000001
        lan_config_program "./lancontrol r1-u1"
      endlan
      chassis_control "./chassis r1-u1"
      serial 15 10.78.0.11 9002 codec VM
      startnow false
      user 1 false "" "" user 10 none md2 md5 straight
      user 2 true "admin" "0123456789abcdef" admin 10 none md2 md5 straight
      sol "tcp:10.78.0.11:9003" 115200 history=8192
    "
  `);
});
