/** Packs all public packages. */
export declare const packAll: () => ReadonlyArray<{
  readonly manifest: { readonly name: string }
  readonly tarball: string
}>
