/** As much of a group as says who is in it. */
interface Group {
  readonly state: string | null;
  readonly members: readonly { readonly clientId: string; readonly host: string }[];
}

/** Who keeps a group from being empty. */
export function membersMessage({ state, members }: Group): string {
  if (members.length === 0) return `the group is not empty: its state is ${state ?? 'unknown'}`;
  return `${members.length} ${members.length === 1 ? 'member is' : 'members are'} in it (${state ?? 'unknown state'}): ${membersText(members)}`;
}

/** `pay-1 127.0.0.1, pay-2 127.0.0.1, …` */
export function membersText(members: Group['members']): string {
  const named = members.slice(0, 5).map(({ clientId, host }) => `${clientId} ${host}`);
  return `${named.join(', ')}${members.length > 5 ? `, and ${members.length - 5} more` : ''}`;
}
