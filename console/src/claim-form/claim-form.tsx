/** A claim that is being prepared: what it would get, what that does to the pool, and how to create it. */
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useDeferredValue, useId, useState } from "react";
import type { CreateClaimAnswer, CreateClaimRequest, WhatIfRequest } from "../api/answers.ts";
import { freeQuery, whatIfQuery } from "../api/queries.ts";
import { requestJson } from "../api/request.ts";
import { Failure, Loading } from "../shell/page-states.tsx";
import { displayText } from "../text/display-text.ts";
import { lengthsWithin, problemOfCluster, problemOfName } from "./claim-rules.ts";
import { WhatIfView } from "./what-if-view.tsx";

interface ClaimFormProps {
  readonly namespace: string;
  readonly pool: string;
  /** The free block that was chosen: claimed whole, or a part of it, or any block of that size. */
  readonly block: string | undefined;
  readonly onClose: () => void;
}

export function ClaimForm({ namespace, pool, block, onClose }: ClaimFormProps) {
  const { data: limits, error } = useQuery({
    ...freeQuery({ namespace, pool, limit: 1 }),
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <Failure error={error} />;
  if (limits === undefined) return <Loading what="the sizes that the pool allows" />;
  const blockLength = block === undefined ? undefined : Number(block.split("/")[1]);
  const lengths = lengthsWithin(limits, blockLength);
  return (
    <Form
      namespace={namespace}
      pool={pool}
      block={block}
      lengths={lengths}
      usual={limits.defaultLength}
      onClose={onClose}
    />
  );
}

interface FormProps extends ClaimFormProps {
  readonly lengths: readonly number[];
  readonly usual: number;
}

function Form({ namespace, pool, block, lengths, usual, onClose }: FormProps) {
  const [length, setLength] = useState(lengths.includes(usual) ? usual : (lengths[0] ?? usual));
  const [cluster, setCluster] = useState("");
  const [purpose, setPurpose] = useState("");
  const [isExact, setExact] = useState(block !== undefined);
  const id = useId();
  const exact = block !== undefined && isExact ? `${block.split("/")[0]}/${length}` : undefined;
  const name = [cluster, purpose].filter((part) => part !== "").join("-");
  const request: WhatIfRequest = {
    namespace,
    pool,
    ...(exact === undefined ? { length } : { cidr: exact }),
    ...(cluster === "" ? {} : { cluster, name }),
    ...(purpose === "" ? {} : { purpose }),
  };
  const isFit = problemOfCluster(cluster) === undefined && problemOfName(purpose) === undefined;
  const asked = useDeferredValue(request);
  const whatIf = useQuery({ ...whatIfQuery(asked), enabled: isFit });
  const create = useMutation({
    mutationFn: () => {
      const body: CreateClaimRequest = { ...request, cluster, name };
      return requestJson<CreateClaimAnswer>("/api/claims", { body });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form
      className="panel-part claim-form"
      onSubmit={submit}
      aria-label={`Claim a block of ${displayText(pool)}`}
    >
      <h3>Claim {exact ?? `a /${length}`}</h3>
      {lengths.length === 0 ? <p>No size that this pool allows fits into this block.</p> : null}
      <div className="fields">
        <label htmlFor={`${id}-length`}>Size</label>
        <select
          id={`${id}-length`}
          className="field"
          value={length}
          onChange={({ target }) => setLength(Number(target.value))}
        >
          {lengths.map((each) => (
            <option key={each} value={each}>
              /{each}
              {each === usual ? ", the default of the pool" : ""}
            </option>
          ))}
        </select>
        <TextField
          id={`${id}-cluster`}
          label="Cluster"
          value={cluster}
          onChange={setCluster}
          problem={problemOfCluster(cluster)}
        />
        <TextField
          id={`${id}-purpose`}
          label="Purpose"
          value={purpose}
          onChange={setPurpose}
          problem={problemOfName(purpose)}
          hint="nodes, pods, …"
        />
      </div>
      {block === undefined ? null : (
        <label className="check">
          <input type="checkbox" checked={isExact} onChange={({ target }) => setExact(target.checked)} />
          Exactly here; otherwise the pool chooses
        </label>
      )}
      {whatIf.error !== null ? <Failure error={whatIf.error} /> : null}
      {whatIf.data === undefined ? null : (
        <WhatIfView
          answer={whatIf.data}
          canSubmit={isFit && cluster !== "" && whatIf.data.cidr !== undefined && !create.isPending}
          isCreated={create.isSuccess}
        />
      )}
      <p role="alert" className={create.error === null ? undefined : "problem"}>
        {create.error === null ? "" : displayText(create.error.message)}
      </p>
      <button type="button" className="button plain" onClick={onClose}>
        {create.isSuccess ? "Done" : "Cancel"}
      </button>
    </form>
  );
}

interface TextFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly problem: string | undefined;
  readonly hint?: string;
}

function TextField({ id, label, value, onChange, problem, hint }: TextFieldProps) {
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <div>
        <input
          id={id}
          className="field"
          autoComplete="off"
          spellCheck={false}
          placeholder={hint}
          value={value}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${id}-problem`}
          onChange={({ target }) => onChange(target.value)}
        />
        {problem === undefined ? null : (
          <p id={`${id}-problem`} className="problem">
            {problem}
          </p>
        )}
      </div>
    </>
  );
}
