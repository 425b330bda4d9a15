export { devDefaults } from './dev-defaults.ts';
export {
  ConfigError,
  createNodeConfig,
  invalidBrokerConfig,
  staticBrokerConfig,
} from './node-config.ts';
export { effectiveTopicConfig, invalidTopicConfig, type TopicConfig } from './topic-config.ts';
