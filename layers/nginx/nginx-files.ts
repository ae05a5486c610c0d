import { lines, type Shell, shell } from '../../remote/index.ts';
import { aptGet } from '../parts/packages.ts';

/** Where images of nginx from elsewhere have their pages, too. */
export const PAGES = '/usr/share/nginx/html';

const CONFIGURATION = `user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log stderr;
events {}
http {
\tinclude mime.types;
\taccess_log /dev/stdout;
\tserver {
\t\tlisten 80 default_server;
\t\troot ${PAGES};
\t\tindex index.html;
\t}
}
`;

/**
 * The distribution's nginx with the libraries that it is linked to and nothing else, in `folder`/root: what a container
 * or a guest needs to serve. Nothing is installed on the machine: apt is told that nothing is there, fetches all that
 * nginx depends on, and it is unpacked.
 */
export function nginxFiles(packageProxy: string | undefined, folder: string): Shell {
  const alone = [
    '-o',
    'APT::Sandbox::User=root',
    '-o',
    `Dir::State::status=${folder}/status`,
    '-o',
    `Dir::Cache::archives=${folder}/archives`,
  ];
  return lines(
    shell`rm -rf ${folder}`,
    shell`mkdir -p ${folder}/archives/partial ${folder}/tree`,
    shell`: >${folder}/status`,
    aptGet(packageProxy, ...alone, '--no-install-recommends', '--download-only', 'install', 'nginx'),
    shell`for archive in ${folder}/archives/*.deb; do dpkg-deb -x "$archive" ${folder}/tree; done`,
    shell`cd ${folder} || exit 1
mkdir -p root/usr/sbin root/lib root/lib64 root/etc/nginx root/run root/tmp root/var/lib/nginx root/var/log/nginx ${`root${PAGES}`}
cp tree/usr/sbin/nginx root/usr/sbin/nginx
cp tree/etc/nginx/mime.types root/etc/nginx/mime.types
printf %s ${CONFIGURATION} >root/etc/nginx/nginx.conf
printf 'root:x:0:0:root:/:/sbin/nologin\\nwww-data:x:33:33:www-data:/var/www:/sbin/nologin\\n' >root/etc/passwd
printf 'root:x:0:\\nwww-data:x:33:\\n' >root/etc/group
loader=$(find tree -name 'ld-linux-*' \\( -type f -o -type l \\) | head -n 1)
libraries=$(find "$PWD/tree" -name '*.so*' -not -path '*/gconv/*' | sed 's|/[^/]*$||' | sort -u | paste -s -d :)
"$loader" --library-path "$libraries" --list root/usr/sbin/nginx | sed -n 's/.* => \\(.*\\) (.*/\\1/p' | while read -r library; do cp -L "$library" root/lib/; done
cp -L "$loader" "root/lib64/\${loader##*/}"
rm -rf tree archives status`,
  );
}
