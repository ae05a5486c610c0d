import { TREE } from './places.ts';

/** A timer rather than a crontab: it is on every machine, and its last run is in the journal. */
const unit = (name: string) => ({ name, path: `/etc/systemd/system/${name}` });
export const CRON_SERVICE = unit('owncloud-cron.service');
export const CRON_TIMER = unit('owncloud-cron.timer');

export const cronServiceText = `[Unit]
Description=Background jobs of ownCloud
After=mariadb.service

[Service]
Type=oneshot
User=www-data
WorkingDirectory=${TREE}
ExecStart=/usr/bin/php occ system:cron
`;

export const cronTimerText = `[Unit]
Description=Background jobs of ownCloud, every 15 minutes

[Timer]
OnBootSec=5min
OnUnitActiveSec=15min

[Install]
WantedBy=timers.target
`;
