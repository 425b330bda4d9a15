import { type Probe, TREE_PREFIX, type Tree, treeSchema } from './model.ts';

/**
 * What is wrong with a set of trees, in sentences; none for sound ones. Beyond the schema: every target exists, every
 * question and leaf is reachable, no way goes in circles (through other trees neither), leaf ids and symptoms are unique,
 * every probe exists and answers only what its questions know, and a symptom comes by every tree that holds a cause of what it finds.
 */
export function checkTrees(trees: readonly Tree[], probes: ReadonlyMap<string, Probe>): string[] {
  const byId = new Map(trees.map((tree) => [tree.id, tree]));
  return [
    ...duplicates(
      trees.map(({ id }) => id),
      'tree',
    ),
    ...duplicates(
      trees.flatMap(({ leaves }) => Object.keys(leaves)),
      'leaf',
    ),
    ...duplicates(
      trees.flatMap(({ symptoms }) => symptoms.map(({ id }) => id)),
      'symptom',
    ),
    ...trees.flatMap((tree) => [
      ...schemaFaults(tree),
      ...targetFaults(tree, byId),
      ...probeFaults(tree, probes),
      ...symptomFaults(tree),
      ...alsoFaults(tree, byId),
    ]),
    ...causeFaults(trees),
    ...circles(byId),
  ];
}

function duplicates(ids: readonly string[], what: string): string[] {
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].map((id) => `two of ${what} ${id}`);
}

function schemaFaults(tree: Tree): string[] {
  const read = treeSchema.safeParse(tree);
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${tree.id}: ${path.join('.')}: ${message}`);
}

/** The nodes of a tree that can be reached from one of them, itself among them. */
function reachable(tree: Tree, from: string): Set<string> {
  const reached = new Set<string>();
  const queue = [from];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    const { answers = [], otherwise } = tree.questions[node] ?? {};
    queue.push(...answers.map(({ to }) => to), ...(otherwise === undefined ? [] : [otherwise]));
  }
  return reached;
}

/** What a symptom walks beside its own tree: it has to be there, to have an entry, and to hold the causes of what is found. */
function alsoFaults(tree: Tree, trees: ReadonlyMap<string, Tree>): string[] {
  const treeOf = new Map([...trees.values()].flatMap((each) => Object.keys(each.leaves).map((leaf) => [leaf, each])));
  return tree.symptoms.flatMap(({ id, start, also = [] }) => {
    const faults = also
      .filter((other) => other === tree.id || (trees.get(other)?.entry ?? null) === null)
      .map((other) => `${tree.id}: symptom ${id} also walks ${other}, which is no other tree with an entry`);
    if (trees.has(id) && (id !== tree.id || start !== undefined))
      faults.push(`${tree.id}: symptom ${id} is called as a tree is that it does not begin`);
    const causes = new Set<string>();
    const queue = [...reachable(tree, start ?? tree.root)];
    for (let leaf = queue.pop(); leaf !== undefined; leaf = queue.pop())
      for (const cause of treeOf.get(leaf)?.leaves[leaf]?.causedBy ?? []) {
        if (causes.has(cause)) continue;
        causes.add(cause);
        queue.push(cause);
      }
    const needed = new Set([...causes].flatMap((leaf) => treeOf.get(leaf)?.id ?? []));
    const missed = [...needed].filter((other) => other !== tree.id && !also.includes(other));
    return [
      ...faults,
      ...missed.map((other) => `${tree.id}: symptom ${id} does not walk ${other}, which holds a cause`),
    ];
  });
}

function targetFaults(tree: Tree, trees: ReadonlyMap<string, Tree>): string[] {
  const faults: string[] = [];
  const reached = new Set<string>();
  const follow = (node: string, from: string): void => {
    if (node.startsWith(TREE_PREFIX)) {
      const next = trees.get(node.slice(TREE_PREFIX.length));
      if (next === undefined) faults.push(`${tree.id}: ${from} leads to ${node}, which does not exist`);
      else if (next.subject !== tree.subject && next.subject !== 'cluster')
        faults.push(`${tree.id}: ${from} leads from a ${tree.subject} to ${node}, which is about a ${next.subject}`);
      return;
    }
    if (reached.has(node)) return;
    reached.add(node);
    const question = tree.questions[node];
    if (question === undefined) {
      if (tree.leaves[node] === undefined)
        faults.push(`${tree.id}: ${from} leads to ${node}, which is neither question nor leaf`);
      return;
    }
    for (const { id, to } of question.answers) follow(to, `${node}/${id}`);
    if (question.otherwise !== undefined) follow(question.otherwise, `${node}/otherwise`);
  };
  follow(tree.root, 'root');
  for (const { id, start } of tree.symptoms) if (start !== undefined) follow(start, `symptom ${id}`);
  for (const node of [...Object.keys(tree.questions), ...Object.keys(tree.leaves)])
    if (!reached.has(node)) faults.push(`${tree.id}: nothing leads to ${node}`);
  return faults;
}

function probeFaults(tree: Tree, probes: ReadonlyMap<string, Probe>): string[] {
  const faults: string[] = [];
  const check = (where: string, id: string | null, answers: readonly string[]): void => {
    if (id === null) return;
    const probe = probes.get(id);
    if (probe === undefined) faults.push(`${tree.id}: ${where} asks probe ${id}, which does not exist`);
    for (const answer of probe?.answers ?? [])
      if (!answers.includes(answer))
        faults.push(`${tree.id}: ${where} does not know ${answer}, an answer of probe ${id}`);
  };
  check('entry', tree.entry, ['yes', 'no']);
  for (const [id, { probe, answers }] of Object.entries(tree.questions))
    check(
      id,
      probe,
      answers.map((answer) => answer.id),
    );
  return faults;
}

/** What a symptom says is an answer of a question that only a person can tell. */
function symptomFaults({ id: tree, symptoms, questions }: Tree): string[] {
  return symptoms.flatMap(({ id, says = {} }) =>
    Object.entries(says)
      .filter(([question, answer]) => {
        const asked = questions[question];
        return asked?.probe !== null || !asked.answers.some((each) => each.id === answer);
      })
      .map(([question, answer]) => `${tree}: symptom ${id} says ${question}: ${answer}, which nobody can be asked`),
  );
}

function causeFaults(trees: readonly Tree[]): string[] {
  const leaves = new Set(trees.flatMap(({ leaves }) => Object.keys(leaves)));
  return trees.flatMap((tree) =>
    Object.entries(tree.leaves).flatMap(([id, { causedBy = [] }]) =>
      causedBy
        .filter((cause) => !leaves.has(cause) || cause === id)
        .map((cause) => `${tree.id}: ${id} is caused by ${cause}, which is no other leaf`),
    ),
  );
}

function circles(trees: ReadonlyMap<string, Tree>): string[] {
  const done = new Set<string>();
  const faults: string[] = [];
  const visit = (tree: Tree, node: string, way: readonly string[]): void => {
    if (node.startsWith(TREE_PREFIX)) {
      const next = trees.get(node.slice(TREE_PREFIX.length));
      if (next !== undefined) visit(next, next.root, way);
      return;
    }
    const key = `${tree.id}/${node}`;
    if (way.includes(key)) {
      faults.push(`in circles: ${[...way.slice(way.indexOf(key)), key].join(' → ')}`);
      return;
    }
    if (done.has(key)) return;
    done.add(key);
    const question = tree.questions[node];
    for (const { to } of question?.answers ?? []) visit(tree, to, [...way, key]);
    if (question?.otherwise !== undefined) visit(tree, question.otherwise, [...way, key]);
  };
  for (const tree of trees.values()) {
    visit(tree, tree.root, []);
    for (const { start } of tree.symptoms) if (start !== undefined) visit(tree, start, []);
  }
  return faults;
}
