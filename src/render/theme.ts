/** What a colour stands for. Colour never says anything alone: a word or a sign beside it says the same. */
export type Tone = 'good' | 'note' | 'warn' | 'bad' | 'muted' | 'strong';

/** Colours by meaning. Nothing else in the product names a colour. */
export type Theme = (tone: Tone, text: string) => string;

export const plainTheme: Theme = (_tone, text) => text;
