/** The few signs of the page, drawn in the colour of the text. Each stands beside a word or has a label. */

const PATHS = {
  logo: "M2 3h20v4H2zM2 10h9v4H2zM14 10h8v4h-8zM2 17h4v4H2zM9 17h5v4H9zM17 17h5v4h-5z",
  search:
    "M10.5 4a6.5 6.5 0 1 0 4.1 11.6l4.9 4.9 1.4-1.4-4.9-4.9A6.5 6.5 0 0 0 10.5 4m0 2a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9",
  sun: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10M11 1h2v3h-2zM11 20h2v3h-2zM1 11h3v2H1zM20 11h3v2h-3zM3.5 4.9l1.4-1.4L7 5.6 5.6 7zM17 18.4l1.4-1.4 2.1 2.1-1.4 1.4zM18.4 7 17 5.6l2.1-2.1 1.4 1.4zM5.6 17 7 18.4l-2.1 2.1-1.4-1.4z",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18m0 2v14a7 7 0 0 1 0-14",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  minus: "M5 11h14v2H5z",
  fit: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  blocks: "M3 6h2v12H3zM19 6h2v12h-2zM7 9h4v6H7zM13 9h4v6h-4z",
  help: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20m0 2a8 8 0 1 1 0 16 8 8 0 0 1 0-16m-1 11h2v2h-2zm1-8.5A3.5 3.5 0 0 0 8.5 10h2a1.5 1.5 0 1 1 2.4 1.2c-1 .7-1.9 1.4-1.9 2.8h2c0-.6.5-.9 1.2-1.4A3.5 3.5 0 0 0 12 6.500z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  copy: "M8 3h12v14h-4v4H4V7h4zm2 2v10h8V5zM6 9v10h8v-2H8V9z",
  check: "m9.5 16.2-4-4L4 13.6l5.5 5.5L20 8.6l-1.4-1.4z",
  up: "M12 6 5 13l1.4 1.4L12 8.8l5.6 5.6L19 13z",
  warn: "M12 3 1.5 21h21zm-1 7h2v5h-2zm0 6.5h2v2h-2z",
  external: "M5 5h6v2H7v10h10v-4h2v6H5zm8 0h6v6h-2V8.4l-7.3 7.3-1.4-1.4L15.6 7H13z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}
