/** What an action threw, kept until what it did before that is delivered. */
export function failureOf(action: () => void): { readonly error: unknown } | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return { error };
  }
}
