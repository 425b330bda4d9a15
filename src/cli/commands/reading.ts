/**
 * The commands that read a cluster, loaded together: nearly everything that one of them needs the others need as well, and
 * one file is read much faster than the dozens that they would be in apart.
 */
export * as demo from './demo/demo.ts';
export * as groupsDelete from './groups/delete.ts';
export * as groupsDescribe from './groups/describe.ts';
export * as groupsList from './groups/list.ts';
export * as lag from './lag/lag.ts';
