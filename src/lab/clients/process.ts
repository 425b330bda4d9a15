/**
 * The process of one client of a drill: it is told its role by the drill that started it, and ends with it. An entry of
 * its own (dist/lab-client.js), so that a client can crash, hang and be killed like anybody's.
 */
import '../../client/kafkajs-channel.ts';
import { abort } from './aborter.ts';
import { commit } from './committer.ts';
import { consume } from './consumer.ts';
import { produce } from './producer.ts';
import type { Report, Role } from './roles.ts';

const report = (message: Report): void => {
  process.send?.(message);
};

// The drill is gone: nobody is left who would stop this client.
process.on('disconnect', () => process.exit());
process.once('message', (role: Role) => {
  play(role).catch((error: unknown) => {
    report({ event: 'trouble', message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    process.disconnect();
  });
});

function play(role: Role): Promise<void> {
  switch (role.kind) {
    case 'producer':
      return produce(role, report);
    case 'consumer':
      return consume(role, report);
    case 'committer':
      return commit(role, report);
    case 'aborter':
      return abort(role, report);
  }
}
