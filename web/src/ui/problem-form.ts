import type { FormErrors, UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { sentence } from "@/ui/ErrorState";

export interface ProblemForm<Values> {
  isSending: boolean;
  /** What is wrong but belongs to no field of the form; null if there is nothing. */
  problem: unknown;
  /** For the form's onSubmit. */
  submit: (values: Values) => Promise<void>;
}

/**
 * Sends a form and puts the problem document's errors to their fields.
 * A field of the API that goes by another name in the form is renamed by `names`.
 */
export function useProblemForm<Values extends Record<string, unknown>>(
  form: UseFormReturnType<Values>,
  send: (values: Values) => Promise<unknown>,
  names: Readonly<Record<string, string>> = {},
): ProblemForm<Values> {
  const [isSending, setIsSending] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const submit = async (values: Values) => {
    setIsSending(true);
    setProblem(null);
    try {
      await send(values);
    } catch (error) {
      const [errors, hasOthers] = sorted(error, form.getValues(), names);
      form.setErrors(errors);
      setProblem(hasOthers ? error : null);
      focusFirst(form, errors);
    } finally {
      setIsSending(false);
    }
  };
  return { isSending, problem, submit };
}

function sorted(
  error: unknown,
  values: Record<string, unknown>,
  names: Readonly<Record<string, string>>,
): [FormErrors, boolean] {
  const errors: FormErrors = {};
  const { fields } = asProblem(error);
  let hasOthers = fields.length === 0;
  for (const { field, message } of fields) {
    const name = names[field] ?? field;
    if (name in values) {
      errors[name] = sentence(message);
    } else {
      hasOthers = true;
    }
  }
  return [errors, hasOthers];
}

function focusFirst<Values extends Record<string, unknown>>(
  form: UseFormReturnType<Values>,
  errors: FormErrors,
): void {
  const first = Object.keys(errors)[0];
  if (first !== undefined) {
    form.getInputNode(first)?.focus();
  }
}
