import * as z from 'zod';
import { recordingSchema } from '../../../cluster/recording.ts';
import { snapshotSchema } from '../../../cluster/snapshot.ts';
import { diagnosisDocumentSchema } from '../../../diagnose/diagnosis-document.ts';
import { explanationSchema } from '../../../diagnose/look-up.ts';
import { sessionSchema } from '../../../diagnose/session.ts';
import { diffDocumentSchema } from '../../../health/change.ts';
import { clusterDocumentSchema } from '../../../health/cluster-report.ts';
import { electionDocumentSchema } from '../../../health/elect-plan.ts';
import { deletionDocumentSchema, groupsDocumentSchema } from '../../../health/groups-document.ts';
import { isrDocumentSchema, restartDocumentSchema } from '../../../health/isr-document.ts';
import { lagDocumentSchema } from '../../../health/lag-document.ts';
import { waitDocumentSchema } from '../../../health/wait-condition.ts';
import { applySchema } from '../../../offsets/apply-document.ts';
import { planSchema } from '../../../offsets/plan.ts';
import { peekSchema } from '../../../offsets/record-document.ts';
import { renderJson } from '../../../render/json.ts';
import { segmentsDocumentSchema } from '../../../segments/document.ts';
import {
  segmentsDiffSchema,
  segmentsFindSchema,
  segmentsGroupsSchema,
  segmentsSalvageSchema,
  segmentsStatsSchema,
} from '../../../segments/tool-documents.ts';
import type { Run } from '../../command.ts';
import { errorDocumentSchema } from '../../error-document.ts';
import { usage } from '../../failure.ts';
import { brokersDocumentSchema, faultsDocumentSchema } from '../broker/faults-document.ts';
import { historySchema } from '../offsets/history-document.ts';
import { offsetsDocumentSchema } from '../offsets/offsets-document.ts';
import { recordedSchema } from '../record/document.ts';

const SCHEMAS = new Map<string, z.ZodType>([
  ['lag', lagDocumentSchema],
  ['groups', groupsDocumentSchema],
  ['deletion', deletionDocumentSchema],
  ['isr', isrDocumentSchema],
  ['restart', restartDocumentSchema],
  ['election', electionDocumentSchema],
  ['cluster', clusterDocumentSchema],
  ['wait', waitDocumentSchema],
  ['brokers', brokersDocumentSchema],
  ['faults', faultsDocumentSchema],
  ['segments', segmentsDocumentSchema],
  ['segments-stats', segmentsStatsSchema],
  ['segments-groups', segmentsGroupsSchema],
  ['segments-find', segmentsFindSchema],
  ['segments-diff', segmentsDiffSchema],
  ['segments-salvage', segmentsSalvageSchema],
  ['diagnosis', diagnosisDocumentSchema],
  ['session', sessionSchema],
  ['explanation', explanationSchema],
  ['snapshot', snapshotSchema],
  ['recording', recordingSchema],
  ['recorded', recordedSchema],
  ['diff', diffDocumentSchema],
  ['plan', planSchema],
  ['apply', applySchema],
  ['offsets', offsetsDocumentSchema],
  ['records', peekSchema],
  ['history', historySchema],
  ['error', errorDocumentSchema],
]);

export const run: Run = async (invocation, io) => {
  const [kind = ''] = invocation.args;
  const schema = SCHEMAS.get(kind);
  if (schema === undefined) throw usage(`no document is of kind ${kind}`);
  io.out(renderJson(z.toJSONSchema(schema)));
  return 0;
};
