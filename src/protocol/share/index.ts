export { ShareSnapshotKey, ShareSnapshotValue } from './00-share-snapshot.ts';
export { ShareUpdateKey, ShareUpdateValue } from './01-share-update.ts';
