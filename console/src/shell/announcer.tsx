/** Text that a screen reader speaks when it changes. */
export function Announcer({ text }: { readonly text: string }) {
  return (
    <div className="unseen" role="status">
      {text}
    </div>
  );
}
