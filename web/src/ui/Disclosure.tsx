import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { type ReactNode, useId } from "react";

interface Props {
  label: string;
  isOpen: boolean;
  onToggle: () => void;
  children: ReactNode;
}

/** A part of a page that is shown when somebody wants it. */
export function Disclosure({ label, isOpen, onToggle, children }: Props) {
  const id = useId();
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <>
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<Chevron size={16} aria-hidden />}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={onToggle}
        style={{ alignSelf: "flex-start" }}
      >
        {label}
      </Button>
      <div id={id} hidden={!isOpen}>
        {isOpen && children}
      </div>
    </>
  );
}
