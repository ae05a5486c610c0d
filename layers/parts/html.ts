/** The only writer of HTML text: docs/security.md rule 12. Good between tags and inside double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
