import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The releases of Apache Kafka that the wide suites run against. */
export const KAFKA_VERSIONS = ['3.9.2', '4.3.1'] as const;
export type KafkaVersion = (typeof KAFKA_VERSIONS)[number];

/** The broker says nothing without a logger, and the loggers changed with 4.0. */
const LOGGERS: Readonly<Record<KafkaVersion, readonly string[]>> = {
  '3.9.2': ['org.slf4j:slf4j-reload4j:1.7.36', 'ch.qos.reload4j:reload4j:1.2.25'],
  '4.3.1': [
    'org.apache.logging.log4j:log4j-slf4j-impl:2.25.3',
    'org.apache.logging.log4j:log4j-core:2.25.3',
    'org.apache.logging.log4j:log4j-1.2-api:2.25.3',
  ],
};

/** Whether a command can be run here at all. */
export function hasCommand(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args.length > 0 ? args : ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function cacheDirectory(name: string): string {
  const cache =
    process.env['APACHE_KAFKA_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'apache-kafka');
  return join(cache, name);
}

/**
 * The directory with Apache Kafka's jars: `KMEDIC_KAFKA_4_3_1` where it is set, else a cache that is filled from Maven
 * Central once. Null where the jars are not there and cannot be fetched (no Maven).
 */
export function kafkaJars(version: KafkaVersion): string | null {
  const given = process.env[`KMEDIC_KAFKA_${version.replaceAll('.', '_')}`];
  if (given !== undefined) return given;
  return mavenJars(version, [
    `org.apache.kafka:kafka_2.13:${version}`,
    `org.apache.kafka:kafka-tools:${version}`,
    ...LOGGERS[version],
  ]);
}

/**
 * The directory `name` of the cache with these Maven artifacts (group:name:version) and all that they need; `alone`: without
 * what they need. Null where they are not there and cannot be fetched.
 */
export function mavenJars(name: string, artifacts: readonly string[], alone = false): string | null {
  const directory = cacheDirectory(name);
  if (existsSync(join(directory, '.complete'))) return join(directory, 'libs');
  return hasCommand('mvn') ? fetchJars(directory, artifacts, alone) : null;
}

const NOTHING_ELSE = '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';

function fetchJars(directory: string, artifacts: readonly string[], alone: boolean): string {
  mkdirSync(directory, { recursive: true });
  const dependencies = artifacts.map((artifact) => {
    const [group, name, release] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${release}</version>${alone ? NOTHING_ELSE : ''}</dependency>`;
  });
  writeFileSync(
    join(directory, 'pom.xml'),
    `<project><modelVersion>4.0.0</modelVersion><groupId>kmedic</groupId><artifactId>kafka</artifactId><version>1</version>` +
      `<packaging>pom</packaging><dependencies>${dependencies.join('')}</dependencies></project>`,
  );
  execFileSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=libs'], {
    cwd: directory,
    stdio: 'inherit',
  });
  writeFileSync(join(directory, '.complete'), '');
  return join(directory, 'libs');
}

/** Why the suites that need Apache Kafka cannot run here, or null where they can. */
export function kafkaMissing(): string | null {
  if (!hasCommand('java', '-version')) return 'Java is not installed';
  for (const version of KAFKA_VERSIONS) {
    if (kafkaJars(version) === null) return `Apache Kafka ${version} is not in the cache, and Maven is not installed`;
  }
  return null;
}
