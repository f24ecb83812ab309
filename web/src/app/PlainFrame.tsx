import { Container, Group, Stack, Text } from "@mantine/core";
import { Outlet } from "@tanstack/react-router";
import { LanguageMenu } from "@/app/LanguageMenu";
import { Logo } from "@/ui/Logo";

/** Around pages without the rail. */
export function PlainFrame() {
  return (
    <Container size="sm" py={{ base: "md", sm: "xl" }}>
      <Stack gap="xl">
        <Group justify="space-between" component="header">
          <Group gap="xs">
            <Logo size={28} />
            <Text fw={600} size="lg">
              Dropally
            </Text>
          </Group>
          <LanguageMenu />
        </Group>
        <main>
          <Outlet />
        </main>
      </Stack>
    </Container>
  );
}
