import { existsSync } from 'node:fs';
import { translate } from '../../../offsets/translate.ts';
import { type Globals, optionsOf } from '../../command.ts';
import { openClient } from '../../connect.ts';
import { usage } from '../../failure.ts';
import { showOrApply } from './carry-out.ts';
import { offsetsTranslate } from './descriptors.ts';
import { explained, scopeOf, who, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsTranslate>(invocation);
  const [group = ''] = invocation.args;
  if (options.toCluster === undefined) throw usage('where to? give --to-cluster host:port or a client.properties file');
  const scope = scopeOf(options.topic);
  const target = openClient(otherCluster(invocation.globals, options.toCluster));
  try {
    return await withSession(invocation.globals, deps, (session) =>
      showOrApply(
        async () =>
          (await translate(session.client, target.client, { group, as: options.as ?? group, scope, by: who() })).plan,
        options,
        { session, invocation, command: offsetsTranslate, io, pattern: false, target },
      ),
    );
  } finally {
    target.client.close();
  }
});

/** The other cluster: a properties file, or addresses that are reached the way this cluster is. */
function otherCluster(globals: Globals, where: string): Globals {
  if (existsSync(where)) return { ...globals, bootstrapServer: undefined, commandConfig: where };
  return { ...globals, bootstrapServer: where };
}
