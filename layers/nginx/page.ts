import { escapeHtml } from '../parts/html.ts';

export const PAGE_FOLDER = '/var/www/rackwright';

export function pageText(machineName: string, title: string): string {
  const [machine, heading] = [escapeHtml(machineName), escapeHtml(title)];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${heading}</title>
<h1>${heading}</h1>
<p>Served by ${machine}.</p>
</html>
`;
}

/** ngx_http_core_module; the port is a number, and nothing else in it is not ours. */
export function siteText(port: number): string {
  return `server {
\tlisten ${port} default_server;
\tlisten [::]:${port} default_server;
\tserver_name _;
\troot /var/www/rackwright;
\tindex index.html;
}
`;
}
