import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";

const QUIET_MS = 250;

interface Props {
  label: string;
  /** As the address has it. */
  value: string;
  onChange: (value: string) => void;
}

/** A filter by text: tells of changes once the typing pauses. */
export function SearchBox({ label, value, onChange }: Props) {
  const [text, setText] = useState(value);
  const tell = useDebouncedCallback(onChange, QUIET_MS);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      miw={200}
      flex={1}
      maw={360}
    />
  );
}
