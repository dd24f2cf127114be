// Product of two int8 codes, two's complement, -128 accepted: product = a * b. Combinational.
//   a = 8'h81 (-127), b = 8'h05 (5): product = 16'hFD85 (-635).   a = b = 8'h80 (-128): product = 16'h4000 (16384).
module int8_mul (
    input  wire [ 7:0] a,
    input  wire [ 7:0] b,
    output wire [15:0] product
);
  assign product = $signed(a) * $signed(b);
endmodule
