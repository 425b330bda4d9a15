import { array, message, string } from '../schema/index.ts';

const taskIds = {
  subtopologyId: string('0+'),
  partitions: array('0+', 'int32'),
};

/** The target assignment of one member of a streams group (key type 21). */
export const StreamsGroupTargetAssignmentMemberKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

/** The active, standby and warm-up tasks that the member shall come to run. */
export const StreamsGroupTargetAssignmentMemberValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    activeTasks: array('0+', taskIds),
    standbyTasks: array('0+', taskIds),
    warmupTasks: array('0+', taskIds),
  },
});
