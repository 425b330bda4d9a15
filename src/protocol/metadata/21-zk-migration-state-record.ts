import { int8, message } from '../schema/index.ts';

/** How far a cluster has moved away from ZooKeeper (KIP-866); 3.x controllers write 0, none, when they start a cluster. */
export const ZkMigrationStateRecord = message({
  versions: '0',
  flexible: '0+',
  fields: { zkMigrationState: int8('0+') },
});
