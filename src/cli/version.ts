declare const KMEDIC_VERSION: string | undefined;

/** Set when the bundle is built; sources run directly are no release. */
export const VERSION: string = typeof KMEDIC_VERSION === 'string' ? KMEDIC_VERSION : '0.0.0-source';
