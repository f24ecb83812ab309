import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  title: string;
  text?: ReactNode;
  children: ReactNode;
}

/** A part of a page of the settings. */
export function Section({ title, text, children }: Props) {
  return (
    <Stack component="section" gap="sm" mb="xl">
      <Title order={2} size="h4">
        {title}
      </Title>
      {text !== undefined && (
        <Text size="sm" c="dimmed" maw={640} component="div">
          {text}
        </Text>
      )}
      {children}
    </Stack>
  );
}
