/** A fault of the page itself: a sentence in the place of what failed, and the rest goes on. */
import { Component, type ReactNode } from "react";
import { PageNote } from "./page-states.tsx";

interface Props {
  readonly children: ReactNode;
}

interface State {
  readonly fault: Error | undefined;
}

export class FaultBoundary extends Component<Props, State> {
  override state: State = { fault: undefined };

  static getDerivedStateFromError(fault: Error): State {
    return { fault };
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    return (
      <PageNote title="This part of the page failed" tone="bad">
        <p>{fault.message}</p>
        <p>
          <button type="button" className="button" onClick={() => this.setState({ fault: undefined })}>
            Try again
          </button>{" "}
          <button type="button" className="button" onClick={() => location.reload()}>
            Load the page again
          </button>
        </p>
      </PageNote>
    );
  }
}
