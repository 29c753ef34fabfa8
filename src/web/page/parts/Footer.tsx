export function Footer() {
  return (
    <footer class="foot">
      <p>
        <strong>Decision support, not a certified medical device. Not a diagnosis.</strong> Plumbline shows how you move
        and does not find falls yet. It does not replace your doctor or therapist, and alarm delivery is not guaranteed.
        In an emergency call your local emergency number.
      </p>
    </footer>
  );
}
