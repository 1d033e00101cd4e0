export declare const installApart: (name: string, dependencies: { readonly [name: string]: string }) => string
