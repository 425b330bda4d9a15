import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, question, sources } from './write.ts';

const REGIONS = '000 Uber, multi-region Kafka';

/** Moving consumers to another region, or another cluster. */
export const regions: Tree = {
  id: 'regions',
  title: 'Moving consumers between regions',
  subject: 'group',
  symptoms: [{ id: 'region-move', text: 'a group has to go on in another region, or on another cluster' }],
  entry: null,
  root: 'mode',
  questions: {
    mode: question({
      ask: 'How does the group read in the regions?',
      why: 'where each region computes by itself nothing is moved; where one at a time does the work, its position has to travel',
      how: 'ask who owns the service, or look for members of the same group on both clusters',
      answers: {
        active: ['in every region at once, each for itself', 'RGN-01'],
        passive: ['in one region at a time', 'copies'],
      },
    }),
    copies: question({
      ask: 'Are the topics over there copies of these, made by a replicator?',
      why: 'offsets differ between a topic and its copy: a position must be translated, not copied',
      how: 'MirrorMaker 2, Replicator, uReplicator, Cluster Linking (which keeps offsets)',
      answers: {
        copied: ['yes, with offsets of their own', 'tolerates'],
        linked: ['yes, with the same offsets', 'RGN-02'],
        no: ['no, they are written to separately', 'RGN-03'],
      },
    }),
    tolerates: question({
      ask: 'What may happen to records around the move?',
      why: 'a replicator is never quite up to date: something is either read twice or skipped',
      how: 'ask who owns the data downstream',
      answers: {
        twice: ['they may be processed twice', 'RGN-04'],
        skipped: ['old ones may be skipped', 'RGN-05'],
      },
      otherwise: 'RGN-04',
    }),
  },
  leaves: {
    'RGN-01': advice(
      'each region reads for itself: nothing has to be moved',
      'Every region has all records (its own and the copies of the others) and its own group. When one fails the others go on; state is computed in each of them.',
      {
        do: ['send users to the other region', 'keep the groups of each region apart, and watch their lag in each'],
        commands: ['lag {group}'],
        sources: [REGIONS],
      },
    ),
    'RGN-02': advice(
      'the offsets are the same on both sides: take them along as they are',
      'A byte-for-byte copy has the same offsets; what the copy does not have yet is re-read, or the group waits for it.',
      {
        do: [
          'stop the group here',
          'commit its positions over there',
          'check that none lies beyond the end of the copy',
        ],
        commands: ['offsets export {group}', 'offsets translate {group} --to-cluster other:9092', 'offsets history'],
        sources: [REGIONS],
      },
    ),
    'RGN-03': advice(
      'there is nothing to translate: the topics are not copies',
      'A position here says nothing about a topic that is written to separately. Begin by time, or at one of its ends.',
      {
        do: ['choose the moment at which the work here ended, and start a little before it'],
        commands: ['offsets reset {group} --to -15m -b other:9092', 'offsets export {group}'],
        sources: [REGIONS],
      },
    ),
    'RGN-04': advice(
      'translate the positions, a little to the safe side',
      'For every record it is looked up where its copy lies. What was processed after the last copied checkpoint is processed again.',
      {
        do: [
          'stop the group here, translate, look at the gaps, then apply over there',
          'what receives the results must bear duplicates',
          'practise it: a failover that was never tried does not work',
        ],
        commands: [
          'offsets translate {group} --to-cluster other:9092',
          'offsets history',
          'wait group {group} --for empty',
        ],
        sources: [REGIONS, '000 How to Prevent Duplicate Consumption'],
        corrections: [WRONG.commitsAvoidReprocessing],
      },
    ),
    'RGN-05': advice(
      'start at the end over there',
      'The freshest data matters and old records do not: nothing is read twice, and what was not copied or not read is skipped.',
      {
        do: ['set the group to the end over there before it starts, so that nothing hangs on auto.offset.reset'],
        commands: ['offsets reset {group} --to end -b other:9092', 'offsets export {group}'],
        sources: [REGIONS],
      },
    ),
  },
  sources: sources(REGIONS),
};
