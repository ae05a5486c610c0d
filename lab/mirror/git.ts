import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { type FileTree, placeOf, writeTree } from './files.ts';

/**
 * Puts a repository where `https://HOST/PATH` is looked for, with one commit a branch, or one more on each branch that
 * is there. By gitprotocol-http's dumb protocol, which needs no program at the server: no shallow clones.
 * @returns ids of the commits by branch
 */
export async function mirrorGit(
  mirror: { readonly directory: string },
  url: string,
  branches: Readonly<Record<string, FileTree>>,
): Promise<ReadonlyMap<string, string>> {
  const bare = join(mirror.directory, placeOf(url));
  await mkdir(dirname(bare), { recursive: true });
  const scratch = await mkdtemp(join(dirname(bare), '.git-'));
  const git = async (cwd: string, ...words: readonly string[]) =>
    (await execa('git', words, { cwd, env: nobody })).stdout.trim();
  try {
    await git(scratch, 'init', '--quiet', '--bare', 'new.git');
    const old = await git(scratch, 'ls-remote', bare).catch(() => undefined);
    const draft = join(scratch, 'new.git');
    if (old !== undefined) await git(draft, 'fetch', '--quiet', bare, '+refs/*:refs/*');
    const commits = new Map<string, string>();
    for (const [branch, files] of Object.entries(branches)) {
      const work = join(scratch, 'work', branch);
      await mkdir(work, { recursive: true });
      await writeTree(work, files);
      const index = ['--git-dir', draft, '--work-tree', work];
      await rm(join(draft, 'index'), { force: true });
      await git(work, ...index, 'add', '--all');
      const tree = await git(work, ...index, 'write-tree');
      const parent = await git(draft, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(
        () => '',
      );
      const parents = parent === '' ? [] : ['-p', parent];
      const commit = await git(draft, 'commit-tree', tree, ...parents, '-m', `Files of ${branch}`);
      await git(draft, 'update-ref', `refs/heads/${branch}`, commit);
      commits.set(branch, commit);
    }
    const [first] = commits.keys();
    if (old === undefined) await git(draft, 'symbolic-ref', 'HEAD', `refs/heads/${first}`);
    await git(draft, 'update-server-info');
    await rm(bare, { recursive: true, force: true });
    await rename(draft, bare);
    return commits;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const nobody = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Mirror',
  GIT_AUTHOR_EMAIL: 'mirror@example.org',
  GIT_COMMITTER_NAME: 'Mirror',
  GIT_COMMITTER_EMAIL: 'mirror@example.org',
};
